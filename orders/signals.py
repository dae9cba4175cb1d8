"""What apps above may add to an order's change, inside its own transaction.

A receiver that raises undoes the change. What may wait until later, or fail by itself,
listens to the events instead.
"""

from django.dispatch import Signal

# Arguments: order (locked, saved with its new status), previous, actor.
order_status_changed = Signal()

# Arguments: order (locked, saved). Anything that figures are made of is another now:
# status, lines, total, or what was given back. Not sent for a new order.
order_changed = Signal()
