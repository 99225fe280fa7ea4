package io.vectorferry.contracts.config;

/**
 * One setting in force, as {@code ferry config show} prints it.
 *
 * @param value secrets are masked
 * @param origin {@code line 12}, {@code --set} or {@code default}
 */
public record Setting(String path, String value, String origin) {}
