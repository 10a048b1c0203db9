"""How people write to a hotline: in bursts, with a greeting first, in words of command."""
