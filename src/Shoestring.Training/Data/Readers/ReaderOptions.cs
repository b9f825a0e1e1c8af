using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>What a file of training text holds.</summary>
public enum RecordFormat
{
    /// <summary>Told by the file's ending and its first record.</summary>
    Detect,

    /// <summary>Plain text.</summary>
    Text,

    /// <summary>Records with a field of text.</summary>
    TextField,

    /// <summary>Records with "instruction", "input" and "output" (Taori et al., Stanford Alpaca, 2023).</summary>
    Instruction,

    /// <summary>Records with "messages" (role and content) or "conversations".</summary>
    Chat,
}

/// <summary>What divides the documents of a plain text.</summary>
public enum TextDivision
{
    /// <summary>One or more blank lines.</summary>
    BlankLine,

    /// <summary><see cref="ReaderOptions.Marker"/>, wherever it stands.</summary>
    Marker,

    /// <summary>Nothing: the text is one, and is handed out in parts of about a million characters that end with a line.</summary>
    None,
}

/// <summary>How files of training text are read.</summary>
public sealed record ReaderOptions
{
    /// <summary>What the file holds.</summary>
    public RecordFormat Format { get; init; } = RecordFormat.Detect;

    /// <summary>The field of a text record; the name that C4, OpenWebText and their kin use.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>What divides documents of plain text. A blank line is how the corpora at hand divide them.</summary>
    public TextDivision Division { get; init; } = TextDivision.BlankLine;

    /// <summary>The text that divides documents under <see cref="TextDivision.Marker"/>: GPT-2's, as TinyStories' files have it.</summary>
    public string Marker { get; init; } = "<|endoftext|>";

    /// <summary>The model's chat template; needed for chats. Instructions take Alpaca's own prompt without one.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>The most bytes of a record or line: sixteen times what the evaluation tasks allow, since documents may be books.</summary>
    public int MaximumRecordBytes { get; init; } = 16 * JsonLines.MaximumLineBytes;
}
