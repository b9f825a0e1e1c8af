using System.Globalization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The inputs of the search and the commands that give each row again.</summary>
static class ReproduceSection
{
    public static Markup Write(OptimizeResult result, IReadOnlyList<ReportRow> rows) => Markup.Of($"""
        <section aria-labelledby="reproduce-heading">
        <h2 id="reproduce-heading">How to get these numbers again</h2>
        <dl class="facts">
        <dt>Machine</dt><dd>{result.Machine.ToString()}{Cache(result.Machine)}; instruction sets {string.Join(", ", result.Machine.InstructionSets)}</dd>
        <dt>Settings</dt><dd>{result.Settings}</dd>
        <dt>Model</dt><dd><bdi>{result.Model.Path}</bdi><br><span class="soft">SHA-256 <code>{result.Model.Sha256}</code></span></dd>
        <dt>Text</dt><dd><bdi>{result.Text.Path}</bdi><br><span class="soft">SHA-256 <code>{result.Text.Sha256}</code></span></dd>
        <dt>Program</dt><dd>Shoestring {result.Version}</dd>
        </dl>
        {Markup.If(result.Command is not null, () => Markup.Of($"<h3>The whole search</h3><pre tabindex=\"0\">{result.Command!}</pre>"))}
        <details><summary>Row by row</summary>
        <p>Each row is made by its first command and measured by the others, at the settings above.</p>
        <pre tabindex="0">{string.Join("\n\n", rows.Select(row => Commands(result, row)))}</pre></details>
        </section>
        """);

    static string Cache(MachineDescription machine) => machine.LastLevelCacheBytes is { } bytes ? $", {FigureText.Bytes(bytes)} of last-level cache" : "";

    static string Commands(OptimizeResult result, ReportRow row)
    {
        string original = Quote(result.Model.Path), text = Quote(result.Text.Path);
        string made = row.IsBaseline ? original : Quote(FileName(row.Name));
        string options = string.Join(' ', row.Candidate.Techniques.Select(technique => $"-t {Quote(technique)}"));
        string[] lines =
        [
            $"# {row.Name}",
            .. row.IsBaseline ? Array.Empty<string>() : [$"shoestring apply {original} {options}{Calibration(result.Calibration)} -o {made}"],
            $"shoestring bench {made}",
            $"shoestring perplexity {made} {text}",
            .. row.IsBaseline ? Array.Empty<string>() : [$"shoestring compare {original} {made} {text}"],
        ];
        return string.Join('\n', lines);
    }

    static string Calibration(SearchCalibration? text) => text is null ? ""
        : string.Create(CultureInfo.InvariantCulture, $" --calibration {Quote(text.Path)}{(text.IsPart ? " (its first three quarters, in a file of their own)" : "")} --calibration-tokens {text.Tokens} --context {text.Context}");

    static string FileName(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' ? letter : '-')) + ".gguf";

    /// <summary>An argument as a POSIX shell takes it: quoted unless it is plain.</summary>
    internal static string Quote(string argument) =>
        argument.Length > 0 && argument.All(letter => char.IsAsciiLetterOrDigit(letter) || "_-./:=,@%+".Contains(letter))
            ? argument
            : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
