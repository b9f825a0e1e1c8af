using System.Diagnostics;
using System.Text.Json;
using Shoestring.Experiments;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;

/// <summary>Measures every point of a declared space in full, which is what a search is held against.</summary>
sealed class BruteForce(string model, string calibration, string text, string heldOut, string space, int context)
{
    const string Work = "search-benchmark.gguf";

    // As many as optimize scores of a text.
    const int MostChunks = 256;

    /// <summary>Scores all points, telling each.</summary>
    public SpaceTable Run()
    {
        using var pool = new WorkerPool(Environment.ProcessorCount);
        using GgufFile file = GgufFile.Open(model);
        CalibrationText fitted = CalibrationText.Cut(TokenizerFiles.Load(file), File.ReadAllText(calibration), calibration, context);
        var points = new List<SpacePoint> { Score("", file, pool) };
        foreach (string line in File.ReadLines(space).Where(line => line.Length > 0 && line[0] != '#'))
        {
            long start = Stopwatch.GetTimestamp();
            GgufRewrite.Plan(file, [.. line.Split(' ').Select(TechniqueCall.Parse)]).Write(Work, pool, fitted);
            using GgufFile written = GgufFile.Open(Work);
            points.Add(Score(line, written, pool));
            Console.Error.WriteLine($"{points.Count - 1} {line}: {points[^1].Bytes} bytes, perplexity {Math.Exp(points[^1].Losses.Average()):F4}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        }

        File.Delete(Work);
        return new SpaceTable(Path.GetFileName(model), Path.GetFileName(text), Path.GetFileName(heldOut), context, points);
    }

    SpacePoint Score(string techniques, GgufFile file, WorkerPool pool)
    {
        using LanguageModel one = LanguageModel.Load(file, pool);
        using var operations = new Operations(pool, one.Memory);
        return new SpacePoint(techniques, file.FileBytes, Losses(one, operations, text), Losses(one, operations, heldOut));
    }

    double[] Losses(LanguageModel one, Operations operations, string path)
    {
        var scoring = new ScoringOptions(context, MostChunks) { Cache = RunSetup.Of(one).Cache ?? new CacheOptions() };
        PerplexityResult score = Perplexity.Measure(one, operations, File.ReadAllText(path), path, scoring);
        return [.. score.Losses.Chunk(score.Losses.Length / score.Chunks).Select(chunk => chunk.Average())];
    }
}
