package io.vectorferry.producer.spi;

/** @param newGeneration begin a new generation: snapshot again, and sweep what the snapshot does not show */
public record ProducerOptions(boolean newGeneration) {}
