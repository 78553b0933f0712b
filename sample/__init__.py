"""The demonstration: a fictional roster, pre-approvals, two demo issuers with their web pages, and the evening's mail."""
