"""The means of every view: lines with roles, colours, signs, words, and bytes made safe."""
