using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Shoestring.Peers;

namespace Shoestring.TrainingSpeed;

/// <summary>Runs the sides in turns, each in a process of its own: what one leaves in memory is not the other's.</summary>
sealed class StepMeasurement(int threads, int rounds, int steps)
{
    public StepResult Run(TextWriter progress)
    {
        List<SideRun>[] runs = [.. StepSide.Names.Select(_ => new List<SideRun>())];
        for (int round = 0; round < rounds; round++)
        {
            for (int side = 0; side < runs.Length; side++)
            {
                // Whoever comes first in a round comes last in the next.
                int turn = (side + round) % runs.Length;
                runs[turn].Add(Child(StepSide.Names[turn]));
            }
            progress.WriteLine($"round {round + 1} of {rounds}: {string.Join(", ", StepSide.Names.Select((name, i) => $"{name} {Rate(runs[i][^1]):F0} tokens/s"))}");
        }
        SideResult[] sides = [.. StepSide.Names.Select((name, i) => Summary(name, runs[i]))];
        double speed = Median(runs[0].Zip(runs[2], (ours, theirs) => Rate(ours) / Rate(theirs)));
        return new StepResult("shoestring.training-speed/1", Machine.Here(), "llama-type, 11.0 M: vocabulary 512, width 384, 6 blocks, 6 heads, feed-forward 1024, context 256, F32",
            StepSide.Rows, threads, rounds, speed, sides[0].PeakResidentBytes / sides[2].PeakResidentBytes, sides[1].PeakResidentBytes / sides[2].PeakResidentBytes, sides);
    }

    SideRun Child(string side)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments = ["side", side, "--threads", threads.ToString(CultureInfo.InvariantCulture), "--steps", steps.ToString(CultureInfo.InvariantCulture)];
        foreach (string argument in Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.GetCommandLineArgs()[0], .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonSerializer.Deserialize(output, StepJson.Default.SideRun)!
            : throw new InvalidOperationException($"{side} ended with code {process.ExitCode}");
    }

    static SideResult Summary(string name, List<SideRun> runs)
    {
        double[] rates = [.. runs.Select(Rate)];
        return new SideResult(name, Median(rates), rates.Min(), rates.Max(), Median(runs.Select(run => run.PeakResidentBytes)), runs);
    }

    static double Rate(SideRun run) => StepSide.Rows / Median(run.StepSeconds);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
