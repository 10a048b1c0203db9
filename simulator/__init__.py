"""The world on loopback: gateways that keep state, refuse what the real ones refuse, fail by plan
and keep a journal of every request. It imports nothing of the product.
"""
