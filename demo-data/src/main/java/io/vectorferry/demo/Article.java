package io.vectorferry.demo;

/** One short text of the demo. */
public record Article(String title, String body, String topic) {}
