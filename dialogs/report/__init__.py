"""The report form: address, contact, problem, photo, summary; step by step or by web form. Pure."""
