"""What people and machines look at: each view reads events and changes nothing."""
