"""Tickets (заявки). `service.py` holds one function per change; nobody else changes a ticket."""
