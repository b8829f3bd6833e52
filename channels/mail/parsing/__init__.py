"""Parsing of mails: headers, bodies, quotes, forwards and the kind of sender. Pure."""
