"""Files from outside are opened in a process of their own, which can reach nothing but the file."""
