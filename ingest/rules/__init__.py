"""What can be wrong with a FAQ: one module for each kind of remark."""
