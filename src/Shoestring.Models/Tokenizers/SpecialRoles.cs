namespace Shoestring.Models;

/// <summary>
/// Which pieces end a turn or a text. Files often name only one of them, so they are also known by their spelling, as in
/// llama.cpp (src/llama-vocab.cpp, the special_eog_ids).
/// </summary>
static class SpecialRoles
{
    static readonly string[] EndsTurn =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<EOT>", "_<EOT>", "[EOT]",
        "<｜end▁of▁sentence｜>", "<end_of_utterance>",
    ];

    static readonly string[] EndsGeneration =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>",
        "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>",
        "<eos>", "<turn|>", "<|tool_response>", "<｜end▁of▁sentence｜>", "[e~[",
        "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]",
        "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
    ];

    /// <summary>Markers of fill-in-the-middle prompts: never text, but no end either.</summary>
    static readonly string[] FillInTheMiddle =
    [
        "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>", "<|prefix|>",
        "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>", "<|suffix|>",
        "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>", "<|middle|>",
    ];

    static readonly string[] AlwaysShown = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];

    /// <summary>Finds the roles and marks their pieces in <paramref name="types"/> as control pieces.</summary>
    public static (int? Eot, HashSet<int> Ends) Find(Vocabulary vocabulary, PieceIndex index, PieceType[] types)
    {
        int? eot = vocabulary.Eot ?? First(index, EndsTurn);
        var ends = new HashSet<int>();
        foreach (string text in EndsGeneration)
            AddControl(index, text, types, ends);
        foreach (string text in FillInTheMiddle)
            AddControl(index, text, types, null);
        foreach (string text in AlwaysShown)
        {
            if (Find(index, text) is { } id)
                types[id] = PieceType.UserDefined;
        }
        if (vocabulary.Eos is { } eos)
            ends.Add(eos);
        if (eot is { } turn)
            ends.Add(turn);
        DropFalseEnds(index, types, ends);
        return (eot, ends);
    }

    /// <summary>Where a finer marker exists, the coarse one only separates parts of one answer.</summary>
    static void DropFalseEnds(PieceIndex index, PieceType[] types, HashSet<int> ends)
    {
        bool call = Find(index, "<|call|>") is not null || Find(index, "<|calls|>") is not null;
        bool finer = Find(index, "<|return|>") is not null || Find(index, "<|flush|>") is not null;
        if (call && finer && Find(index, "<|end|>") is { } end && ends.Remove(end))
            types[end] = PieceType.UserDefined;
        if (Find(index, "<|tool_response>") is not null && Find(index, "</s>") is { } s && ends.Remove(s))
            types[s] = PieceType.Normal;
    }

    static void AddControl(PieceIndex index, string text, PieceType[] types, HashSet<int>? ends)
    {
        if (Find(index, text) is not { } id)
            return;
        types[id] = PieceType.Control;
        ends?.Add(id);
    }

    static int? First(PieceIndex index, string[] texts)
    {
        foreach (string text in texts)
        {
            if (Find(index, text) is { } id)
                return id;
        }
        return null;
    }

    static int? Find(PieceIndex index, string text) =>
        index.Find(System.Text.Encoding.UTF8.GetBytes(text)) is >= 0 and int id ? id : null;
}
