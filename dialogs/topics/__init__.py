"""Everything a resident may bring up besides the report: emergencies, questions, tickets, handover. Pure."""
