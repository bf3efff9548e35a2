"""What one connection and one address may take. Times come in as monotonic seconds; nothing here reads a clock or a
socket.
"""
