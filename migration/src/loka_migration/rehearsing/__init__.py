"""What tries the migrations on a server before they meet real data: moves, constraints, plans."""
