package io.vectorferry.producer.postgres;

/**
 * How far a scan of a table is: the leaves before the one, and of that the blocks before the block.
 *
 * @param version of the table, whose rows are elsewhere in another one
 * @param oldest the first transaction that had not ended when the scan began
 * @param leaf from 0, in the order of the catalog
 */
record ScanMark(String version, long oldest, int leaf, long block) {
    private static final String SEPARATOR = " ";
    private static final int PARTS = 4;

    static ScanMark parse(String text) {
        String[] parts = text.split(SEPARATOR, PARTS);
        return new ScanMark(
                parts[PARTS - 1], Long.parseLong(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
    }

    ScanMark at(int otherLeaf, long otherBlock) {
        return new ScanMark(version, oldest, otherLeaf, otherBlock);
    }

    boolean isOf(TableVersion now) {
        return now.isSameAs(new TableVersion(version));
    }

    String text() {
        return String.join(SEPARATOR, Long.toString(oldest), Integer.toString(leaf), Long.toString(block), version);
    }
}
