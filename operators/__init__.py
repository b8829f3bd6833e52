"""The people of the company: their accounts, handover, console."""
