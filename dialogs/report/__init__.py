"""The report form: address, contact, problem, photo, summary; step by step, by letter or by web form. Pure."""
