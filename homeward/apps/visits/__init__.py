"""The follow-up of a child: the protocol, visits and attempts to reach somebody."""
