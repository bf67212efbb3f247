package org.lsuv.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.BatchNormRule;
import org.lsuv.tf.init.BiasRule;
import org.lsuv.tf.init.NormRule;
import org.lsuv.tf.init.Rescale;
import org.lsuv.tf.init.ResidualRule;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParseResult;

/** Starts the command line. */
public final class Main {
    private static final int WIDEST_HELP = 110;

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        Terminal terminal = Terminal.detect(System.getProperties(), System.getenv());
        int code = run(args, new Console(stream(FileDescriptor.out), stream(FileDescriptor.err), terminal));
        System.exit(code);
    }

    /** Runs a command, its output in plain text for files and pipes, and returns its exit code. */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        return run(args, new Console(out, err, Terminal.NONE));
    }

    static int run(String[] args, Console console) {
        CommandLine line = commandLine(console);
        try {
            return line.execute(args);
        } catch (OutOfMemoryError | LinkageError | StackOverflowError error) {
            return fail(console, error, false);
        } finally {
            console.out().flush();
            console.err().flush();
        }
    }

    static CommandLine commandLine(Console console) {
        CommandLine line = new CommandLine(new InitCommand(console))
                .addSubcommand("inspect", new InspectCommand(console))
                .addSubcommand("verify", new VerifyCommand(console))
                .addSubcommand("check", new CheckCommand(console))
                .addSubcommand("convert", new ConvertCommand(console))
                .addSubcommand("diagnose", new DiagnoseCommand(console))
                .addSubcommand("theory", new TheoryCommand(console))
                .addSubcommand("generate-completion", new AutoComplete.GenerateCompletion())
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .registerConverter(Initializer.class, new EnumNames<>(Initializer.class))
                .registerConverter(NormRule.class, new EnumNames<>(NormRule.class))
                .registerConverter(ResidualRule.class, new EnumNames<>(ResidualRule.class))
                .registerConverter(Rescale.class, new EnumNames<>(Rescale.class))
                .registerConverter(BiasRule.class, new EnumNames<>(BiasRule.class))
                .registerConverter(BatchNormRule.class, new EnumNames<>(BatchNormRule.class))
                .registerConverter(DiagnoseOptions.BatchNorms.class, new EnumNames<>(DiagnoseOptions.BatchNorms.class))
                .registerConverter(TieRule.class, new EnumNames<>(TieRule.class))
                .registerConverter(TfOptions.Device.class, new EnumNames<>(TfOptions.Device.class))
                .setUsageHelpWidth(
                        Math.min(WIDEST_HELP, Math.max(60, console.terminal().columns())))
                .setColorScheme(CommandLine.Help.defaultColorScheme(console.showsColours() ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler((problem, args) -> usage(console, problem))
                .setExecutionExceptionHandler(
                        (problem, command, parsed) -> fail(console, problem, isVerbose(command.getParseResult())));
        line.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.list());
        return line;
    }

    private static int usage(Console console, CommandLine.ParameterException problem) {
        String message = Failure.of(new UsageException(String.valueOf(problem.getMessage())))
                .message();
        String sentence = message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
        console.error(sentence + suggestion(problem) + "; see "
                + problem.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE.code();
    }

    private static String suggestion(CommandLine.ParameterException problem) {
        List<String> similar = problem instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions()
                : List.of();
        return similar.isEmpty() ? "" : " (did you mean " + similar.get(0) + "?)";
    }

    /** A stack trace helps who mends this program: it is printed for its own failures alone, with --verbose. */
    private static int fail(Console console, Throwable problem, boolean verbose) {
        Failure failure = Failure.of(problem);
        console.error(failure.message());
        if (verbose && failure.exit() == ExitCode.FAILURE) {
            problem.printStackTrace(console.err());
        }
        return failure.exit().code();
    }

    private static boolean isVerbose(ParseResult parsed) {
        return parsed.hasMatchedOption("--verbose");
    }

    /** Java writes "?" for what the locale C cannot show, but terminals and files take UTF-8. */
    private static PrintStream stream(FileDescriptor descriptor) {
        boolean windows =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
        Charset charset = windows ? Charset.defaultCharset() : StandardCharsets.UTF_8;
        return new PrintStream(new FileOutputStream(descriptor), true, charset);
    }
}
