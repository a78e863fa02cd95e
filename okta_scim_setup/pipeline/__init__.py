"""One tenant from declaration to result, a module for each verb's part of it.

One tenant's failure changes nothing for another: it becomes that tenant's result. A run loads the
parts that it needs.
"""
