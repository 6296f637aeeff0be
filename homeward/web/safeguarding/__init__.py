"""What is told in confidence: passing it on, receiving it, working on it; and the register of violations."""
