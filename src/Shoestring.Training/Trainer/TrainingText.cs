using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A run's text as tokens: what is trained on, and what is held out.</summary>
sealed class TrainingText : IDisposable
{
    // As much of a text as is searched for the marker that divides documents.
    const int SearchedBytes = 1 << 20;

    TrainingText(TokenStore store, DataSplit split, BadRecords bad) => (Store, Split, Bad) = (store, split, bad);

    /// <summary>The tokens.</summary>
    public TokenStore Store { get; }

    /// <summary>Which are for what.</summary>
    public DataSplit Split { get; }

    /// <summary>Records that were passed over.</summary>
    public BadRecords Bad { get; }

    /// <summary>Reads and tokenizes a file.</summary>
    /// <exception cref="InputException">It cannot be read, is of no known shape, or too short to hold anything out.</exception>
    public static TrainingText Read(DataRecipe data, Tokenizer tokenizer, ulong seed, MemoryAccount account)
    {
        BadRecords bad = new(data.SkipBad);
        ReaderOptions options = Options(data, tokenizer);
        DocumentReader reader = DocumentReader.Open(data.File, options, bad);
        DocumentEncoder encoder = new(tokenizer);
        TokenStore store = new(account);
        try
        {
            foreach (SourceDocument document in reader.Read())
            {
                store.Add(encoder.Encode(document));
            }

            return new TrainingText(store, SplitOf(store, data, options, seed), bad);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Trains a vocabulary on a file.</summary>
    /// <exception cref="InputException">The file cannot be read, or the vocabulary is too small.</exception>
    public static Vocabulary Vocabulary(DataRecipe data, int size)
    {
        BytePairTrainer trainer = new(new BytePairOptions { VocabularySize = size });
        foreach (SourceDocument document in DocumentReader.Open(data.File, Options(data, null), new BadRecords(data.SkipBad)).Read())
        {
            trainer.Add(document.Text);
        }

        return trainer.Train();
    }

    static ReaderOptions Options(DataRecipe data, Tokenizer? tokenizer)
    {
        ReaderOptions options = new()
        {
            TextField = data.TextField,
            Format = data.Format switch
            {
                "auto" => RecordFormat.Detect,
                "text" => RecordFormat.Text,
                "records" => RecordFormat.TextField,
                "instructions" => RecordFormat.Instruction,
                "chat" => RecordFormat.Chat,
                _ => throw new InputException($"the format is '{data.Format}'", "data", "use auto, text, records, instructions or chat"),
            },
            Template = MayHaveTurns(data) && tokenizer?.ChatTemplate is { } jinja ? ChatTemplate.Recognise(jinja) : null,
        };
        return options with { Division = Division(data, options.Marker) };
    }

    // A model whose template is not known can still learn from plain text.
    static bool MayHaveTurns(DataRecipe data) =>
        data.Format is "chat" or "instructions" || (data.Format == "auto" && Path.GetExtension(data.File).ToLowerInvariant() is ".json" or ".jsonl" or ".ndjson" or ".parquet");

    static TextDivision Division(DataRecipe data, string marker) => data.Division switch
    {
        "auto" => HasMarker(data.File, marker) ? TextDivision.Marker : TextDivision.None,
        "blank-line" => TextDivision.BlankLine,
        "marker" => TextDivision.Marker,
        "none" => TextDivision.None,
        _ => throw new InputException($"the division is '{data.Division}'", "data", "use auto, blank-line, marker or none"),
    };

    static bool HasMarker(string path, string marker)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] start = new byte[Math.Min(SearchedBytes, file.Length)];
            file.ReadExactly(start);
            return start.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(marker)) >= 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"it cannot be read ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", path, "check the path", fault);
        }
    }

    // A text that is one whole has its end held out; whole documents are drawn otherwise.
    static DataSplit SplitOf(TokenStore store, DataRecipe data, ReaderOptions options, ulong seed) =>
        store.Documents.Count == 0 ? throw new InputException("there is no document in it", data.File, "give a longer text")
        : data.HeldOut == 0 ? new DataSplit(store.Documents, [])
        : options.Division == TextDivision.None && store.Documents.Count < 100 ? DataSplit.AtEnd(store.Documents, data.HeldOut)
        : DataSplit.ByDocument(store.Documents, data.HeldOut, seed);

    public void Dispose() => Store.Dispose();
}
