package io.vectorferry.sink.spi;

import io.vectorferry.contracts.message.ErrorType;

/** Why a target cannot hold a row; the message never shows the row's content. */
public record Rejection(ErrorType type, String message) {}
