package org.lsuv.cli.report;

/**
 * Holds one line of a list of facts.
 *
 * @param name what it is
 * @param value what is known of it
 */
public record Fact(String name, String value) {}
