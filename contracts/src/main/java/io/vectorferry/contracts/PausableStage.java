package io.vectorferry.contracts;

/** A stage whose threads ask a {@link StageLife} whether they may work. */
public abstract class PausableStage implements Stage {
    protected final StageLife life;

    /** @param name used in messages, with its article */
    protected PausableStage(String name) {
        this.life = new StageLife(name);
    }

    @Override
    public void pause() {
        life.pause();
    }

    @Override
    public void resume() {
        life.resume();
    }

    @Override
    public boolean isPaused() {
        return life.isPaused();
    }

    @Override
    public void close() {
        life.stop();
    }
}
