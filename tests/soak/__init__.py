"""The fault run: a desk at work for minutes while everything around it breaks, then the count."""
