using System.Text;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>A line of the store.</summary>
/// <param name="Key">What the measurement depends on: see <see cref="MeasurementStore.KeyOf"/>.</param>
/// <param name="Techniques">The techniques, for people who read the file.</param>
/// <param name="MeasuredAt">When it was measured.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Measurement">Rates and memory, or null.</param>
/// <param name="Score">Scores of a part of the text, or null.</param>
public sealed record StoredMeasurement(
    string Key, IReadOnlyList<string> Techniques, DateTimeOffset MeasuredAt, double Seconds, CandidateMeasurement? Measurement, ScoreMeasurement? Score);

/// <summary>
/// Every measurement of the searches in a folder, in a file of JSON Lines that only grows, so that a search which was killed
/// goes on where it was. A line counts once it is whole on the disk; of two with one key, the later counts.
/// </summary>
sealed class MeasurementStore
{
    readonly Dictionary<string, StoredMeasurement> known = [];
    readonly List<string> warnings = [];
    readonly string? path;

    /// <summary>Opens a store.</summary>
    /// <param name="path">The file, which need not exist, or null to keep nothing.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public MeasurementStore(string? path)
    {
        this.path = path;
        if (path is not null && File.Exists(path))
        {
            Attempt(() => Load(path), "read");
        }
    }

    /// <summary>What the user should know of the file.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>The key of a measurement: a hash of everything that it depends on.</summary>
    public static string KeyOf(params IEnumerable<string> parts) => ContentHash.OfText(string.Join('\0', parts));

    /// <summary>The measurement of that key, or null.</summary>
    public StoredMeasurement? Find(string key) => known.GetValueOrDefault(key);

    /// <summary>Keeps a measurement.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Add(StoredMeasurement stored)
    {
        known[stored.Key] = stored;
        if (path is not null)
        {
            Attempt(() => Append(path, OptimizeJson.Write(stored)), "written");
        }
    }

    void Load(string file)
    {
        int broken = 0;
        foreach (string line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            if (Parse(line) is { } stored)
            {
                known[stored.Key] = stored;
            }
            else
            {
                broken++;
            }
        }

        if (broken > 0)
        {
            warnings.Add($"{file}: {broken} {(broken == 1 ? "line is" : "lines are")} cut short or damaged, and measured again");
        }
    }

    static StoredMeasurement? Parse(string line)
    {
        try
        {
            return OptimizeJson.ReadStored(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static void Append(string file, string line)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        byte[] bytes = Encoding.UTF8.GetBytes((EndsInLine(stream) ? "" : "\n") + line + "\n");
        stream.Seek(0, SeekOrigin.End);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    // A search that was killed while it wrote leaves half a line behind.
    static bool EndsInLine(FileStream stream)
    {
        if (stream.Length == 0)
        {
            return true;
        }

        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() == '\n';
    }

    void Attempt(Action work, string done)
    {
        try
        {
            work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the measurements cannot be {done} ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", path!,
                "free some space or choose another folder with -o", fault);
        }
    }
}
