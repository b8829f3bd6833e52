"""An address in a resident's words: settlement, street, house, flat, entrance. Pure once built."""
