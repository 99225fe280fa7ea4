package io.vectorferry.app;

import io.vectorferry.app.check.ConfigCommand;
import io.vectorferry.app.check.DoctorCommand;
import io.vectorferry.app.check.PlanCommand;
import io.vectorferry.app.data.ExportCommand;
import io.vectorferry.app.data.IdsCommand;
import io.vectorferry.app.data.ImportCommand;
import io.vectorferry.app.data.ReferencesCommand;
import io.vectorferry.app.demo.DemoCommand;
import io.vectorferry.app.lifecycle.HistoryCommand;
import io.vectorferry.app.lifecycle.LifecycleCommands;
import io.vectorferry.app.lifecycle.RouteCommand;
import io.vectorferry.app.run.RunCommand;
import io.vectorferry.app.run.StageCommands;
import io.vectorferry.app.status.DeadLettersCommand;
import io.vectorferry.app.status.StatusCommand;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.HelpFlag;
import io.vectorferry.app.verify.VerifyCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code ferry} command. */
@Command(
        name = "ferry",
        description = "Replicates vectors between vector stores through Kafka while the application keeps running.",
        mixinStandardHelpOptions = true,
        version = "0.1.0",
        subcommands = {
            DoctorCommand.class,
            PlanCommand.class,
            RunCommand.class,
            StageCommands.ProducerCommand.class,
            StageCommands.StreamCommand.class,
            StageCommands.SinkCommand.class,
            StageCommands.ControlCommand.class,
            StatusCommand.class,
            HistoryCommand.class,
            LifecycleCommands.PauseCommand.class,
            LifecycleCommands.ResumeCommand.class,
            RouteCommand.class,
            LifecycleCommands.CancelCommand.class,
            LifecycleCommands.CompleteCommand.class,
            VerifyCommand.class,
            DeadLettersCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            IdsCommand.class,
            ReferencesCommand.class,
            ConfigCommand.class,
            DemoCommand.class,
            PrepareCommand.class
        },
        footer = {
            "",
            "Example: ferry run -f pipeline.yaml",
            "Exit codes: 0 done, 1 error, 2 a check failed, 64 wrong usage"
        })
public final class Ferry {
    private Ferry() {}

    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    /** Runs one command and returns its exit code. */
    public static int execute(String... arguments) {
        CommandLine ferry = new CommandLine(new Ferry());
        ferry.setExecutionExceptionHandler(new ErrorText());
        ferry.setCaseInsensitiveEnumValuesAllowed(true);
        ferry.getCommandSpec().exitCodeOnInvalidInput(ExitCode.WRONG_USAGE);
        ferry.getSubcommands().values().forEach(Ferry::completed);
        if (arguments.length == 0) {
            ferry.usage(ferry.getErr());
            return ExitCode.WRONG_USAGE;
        }
        return ferry.execute(arguments);
    }

    /** Adds what all commands have in common. */
    private static void completed(CommandLine command) {
        command.addMixin("help", new HelpFlag());
        command.getCommandSpec().exitCodeOnInvalidInput(ExitCode.WRONG_USAGE);
        command.getSubcommands().values().forEach(Ferry::completed);
    }
}
