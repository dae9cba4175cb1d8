"""What a shop that runs tells those who run it: logs, figures, traces, errors.

docs/adr/0028 says why it is made this way, docs/OPERATIONS.md how it is used.
"""
