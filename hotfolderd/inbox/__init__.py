"""What people drop into `0-inbox`: which drops lie there, what a table orders, and what is wrong with it, in words.

Reads the inbox; writes nothing and moves nothing. The engine asks `drops` what lies there, and runs `examine` in a
worker.
"""
