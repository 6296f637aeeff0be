"""XForms on the server: skip logic, constraints and values, evaluated as the collecting apps evaluate them."""
