"""What is wrong with a repository besides its tests: dependencies, code, secrets, workflows, images, licences."""
