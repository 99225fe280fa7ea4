package io.vectorferry.stores.lancedb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.FragmentMetadata;

/**
 * The fragments of a table in groups that are worth a scan each, without those that an earlier scan has read. A fragment is known by
 * its first file, whose name no other one ever has. For one thread.
 */
public final class FragmentGroups {
    private static final long GROUP_ROWS = 250_000;
    private static final String SEPARATOR = ",";

    private final List<FragmentMetadata> left;
    private final List<String> done;

    private FragmentGroups(List<FragmentMetadata> left, List<String> done) {
        this.left = left;
        this.done = done;
    }

    public static FragmentGroups of(Dataset dataset, String mark) {
        List<String> done = files(mark);
        Set<String> read = new HashSet<>(done);
        List<FragmentMetadata> left = fragments(dataset).stream()
                .filter(fragment -> !read.contains(file(fragment)))
                .toList();
        return new FragmentGroups(left, done);
    }

    /** Returns whether a fragment that was read no longer exists: its rows may be in another one. */
    public static boolean stillHolds(Dataset dataset, String mark) {
        Set<String> present = new HashSet<>();
        fragments(dataset).forEach(fragment -> present.add(file(fragment)));
        return present.containsAll(files(mark));
    }

    public void forEach(Consumer<List<Integer>> groups) {
        List<FragmentMetadata> group = new ArrayList<>();
        long rows = 0;
        for (FragmentMetadata fragment : left) {
            group.add(fragment);
            rows += fragment.getNumRows();
            if (rows >= GROUP_ROWS) {
                give(group, groups);
                rows = 0;
            }
        }
        if (!group.isEmpty()) {
            give(group, groups);
        }
    }

    private void give(List<FragmentMetadata> group, Consumer<List<Integer>> groups) {
        List<Integer> ids = group.stream().map(FragmentMetadata::getId).toList();
        group.forEach(fragment -> done.add(file(fragment)));
        group.clear();
        groups.accept(ids);
    }

    /** Returns the mark of all groups that were returned. */
    public String mark() {
        return String.join(SEPARATOR, done);
    }

    private static List<FragmentMetadata> fragments(Dataset dataset) {
        return dataset.getFragments().stream().map(Fragment::metadata).toList();
    }

    private static String file(FragmentMetadata fragment) {
        return fragment.getFiles().isEmpty()
                ? "none"
                : fragment.getFiles().getFirst().getPath();
    }

    private static List<String> files(String mark) {
        return mark.isEmpty() ? new ArrayList<>() : new ArrayList<>(Arrays.asList(mark.split(SEPARATOR, -1)));
    }
}
