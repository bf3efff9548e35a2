"""Releases as a kustomize folder that kubectl applies."""
