"""``actions/setup-java``: a JDK of this machine, and what Maven, Gradle and sbt need around it."""
