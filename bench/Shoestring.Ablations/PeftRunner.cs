using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Shoestring.Ablations;

/// <summary>Tunes as a user does, each run in a process of its own, so that its memory is its own.</summary>
/// <param name="command">The built command: shoestring.dll.</param>
/// <param name="model">What is tuned.</param>
/// <param name="text">The new domain's text; its last tenth is the test.</param>
/// <param name="domainText">The first domain's text.</param>
sealed class PeftRunner(string command, string model, string text, string domainText) : IDisposable
{
    const double TestShare = 0.1;

    readonly string folder = Directory.CreateTempSubdirectory("shoestring-peft-").FullName;

    string Training => Path.Combine(folder, "training.txt");

    string Test => Path.Combine(folder, "test.txt");

    /// <summary>Runs what is not there yet: losses before, rates, then seeds.</summary>
    public void Run(PeftFile results, string? only, CancellationToken cancellation)
    {
        Divide();
        if (!results.HasBeginning)
        {
            long parameters = Command(["inspect", model]).GetProperty("parameters").GetInt64();
            results.Begin(model, text, domainText, parameters, Loss(model, null, Test, null), Loss(model, null, domainText, PeftPlan.DomainChunks));
        }

        foreach (PeftArm arm in PeftPlan.Arms.Where(arm => only is null || arm.Name == only))
        {
            foreach (double rate in arm.Rates)
            {
                Add(results, arm, rate, PeftPlan.RateSeed, cancellation);
            }

            for (int seed = 0; seed < PeftPlan.Seeds && !cancellation.IsCancellationRequested; seed++)
            {
                Add(results, arm, results.BestRate(arm), seed, cancellation);
            }
        }
    }

    void Add(PeftFile results, PeftArm arm, double rate, int seed, CancellationToken cancellation)
    {
        if (!cancellation.IsCancellationRequested && !results.Has(arm, rate, seed))
        {
            PeftCell cell = Tune(arm, rate, seed);
            results.Add(cell);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arm.Name} at {rate}, seed {seed}: validation {cell.Validation:0.0000}, test {cell.Test:0.0000}, first domain {cell.Domain:0.0000} in {cell.Seconds:0} s"));
        }
    }

    // At the end of a line near the place, so that no speech is cut in a word.
    void Divide()
    {
        string whole = File.ReadAllText(text);
        int place = whole.IndexOf("\n\n", (int)((1 - TestShare) * whole.Length), StringComparison.Ordinal) + 2;
        File.WriteAllText(Training, whole[..place]);
        File.WriteAllText(Test, whole[place..]);
    }

    PeftCell Tune(PeftArm arm, double rate, int seed)
    {
        string to = Path.Combine(folder, "tuned");
        JsonElement json = Command(["tune", model, "--data", Training, .. arm.Methods.SelectMany(method => (string[])["-t", method]), "--steps", Text(PeftPlan.Steps), "--batch-tokens", Text(PeftPlan.BatchTokens),
            "--context", Text(PeftPlan.Context), "--learning-rate", rate.ToString(CultureInfo.InvariantCulture), "--evaluate-every", Text(PeftPlan.Steps), "--checkpoint-every", "0", "--seed", Text(seed), "-o", to]);
        bool judged = seed != PeftPlan.RateSeed;
        string? adapter = json.GetProperty("adapters").EnumerateArray().Select(path => path.GetString()).FirstOrDefault();
        string tuned = json.GetProperty("model").GetString() ?? model;
        double? test = judged ? Loss(tuned, adapter, Test, null) : null, domain = judged ? Loss(tuned, adapter, domainText, PeftPlan.DomainChunks) : null;
        Directory.Delete(to, recursive: true);
        JsonElement receipt = json.GetProperty("receipt");
        double Figure(string section, string name) => receipt.GetProperty(section).GetProperty(name).GetProperty("value").GetDouble();
        return new PeftCell(arm.Name, rate, seed, json.GetProperty("lastHeldOutLoss").GetDouble(), test, domain, json.GetProperty("trainableParameters").GetInt64(),
            Figure("memory", "peakResidentBytes"), Figure("memory", "storedBytes"), Figure("computation", "flops"), Figure("computation", "seconds"), Figure("energy", "joules"));
    }

    double Loss(string of, string? adapter, string on, int? chunks) => Math.Log(Command(["perplexity", of, on, "--context", Text(PeftPlan.Context),
        .. adapter is null ? (string[])[] : ["--adapter", adapter], .. chunks is { } count ? (string[])["--chunks", Text(count)] : []]).GetProperty("perplexity").GetDouble());

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    JsonElement Command(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [command, .. arguments, "--json", "--quiet", "--threads", "2"]) { RedirectStandardOutput = true };
        start.Environment["SHOESTRING_HOME"] = folder;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement
            : throw new InvalidOperationException($"shoestring {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
