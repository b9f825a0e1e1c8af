using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>
/// Candidates' model files while a search wants them. Making one may take far longer than scoring with it, so they are kept between
/// the pieces of its measuring, as long as there is room; what there is no room for is made again.
/// </summary>
/// <param name="model">The original, open.</param>
/// <param name="pool">The threads.</param>
/// <param name="options">Where they lie, and what they depend on.</param>
sealed class CandidateFiles(GgufFile model, WorkerPool pool, MeasurerOptions options) : IDisposable
{
    readonly List<string> kept = [];
    readonly SharedSensitivities sensitivities = new();

    // Half of what is free, so that the user's other work has room, and the chosen model's file.
    readonly long room = new DriveInfo(Path.GetFullPath(options.WorkFolder)).AvailableFreeSpace / 2;

    /// <summary>Opens a candidate's file, made now unless it is there.</summary>
    /// <exception cref="InputException">A technique cannot be applied, or the file cannot be written.</exception>
    public GgufFile Open(CandidatePlan plan, CancellationToken cancellation)
    {
        // Named by what it is: a search that was killed finds what it made, and goes on with the finished blocks of what it was making.
        string path = PathOf(plan);
        if (!File.Exists(path))
        {
            GgufRewrite rewrite = GgufRewrite.Plan(model, [.. plan.Techniques.Select(TechniqueCall.Parse)]) with { Sensitivities = sensitivities };
            rewrite.Write(path, pool, options.Calibration, cancellation: cancellation);
        }

        kept.Remove(path);
        kept.Add(path);
        MakeRoom();
        return GgufFile.Open(path);
    }

    /// <summary>Deletes a candidate's file.</summary>
    public void Discard(CandidatePlan plan) => Delete(PathOf(plan));

    // The one in use, which is the last, stays whatever it takes.
    void MakeRoom()
    {
        while (kept.Count > 1 && kept.Sum(path => new FileInfo(path).Length) > room)
        {
            Delete(kept[0]);
        }
    }

    void Delete(string path)
    {
        kept.Remove(path);
        File.Delete(path);
    }

    string PathOf(CandidatePlan plan) => Path.Combine(options.WorkFolder, $"candidate-{ContentHash.OfText($"{options.Identity}\n{options}\n{plan.Label}")[..16]}.gguf");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string path in kept.ToArray())
        {
            Delete(path);
        }
    }
}
