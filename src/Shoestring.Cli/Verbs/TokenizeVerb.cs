using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Shows the ids and pieces of a text.</summary>
sealed class TokenizeVerb : Verb
{
    readonly Argument<string?> model = ModelReference.Argument();
    readonly Option<string?> prompt = Values.Text("--prompt", "The text", "TEXT", "-p");
    readonly Option<string?> file = Values.Text("--file", "A file with the text; - is standard input", "FILE", "-f");
    readonly Option<bool> plain = Values.Flag("--no-special", "Add no begin and end tokens, and take spelled-out special tokens as text");

    public TokenizeVerb() : base("tokenize", "Show the token ids and pieces of a text",
        new Example("shoestring tokenize -p \"Once upon a time\"", "by the built-in model's vocabulary"),
        new Example("shoestring tokenize model.gguf --file text.txt --json", "a whole file, as JSON"))
    {
        Add(model);
        Add(prompt);
        Add(file);
        Add(plain);
    }

    public override Answer Run(Session session)
    {
        string text = PromptText.Of(session, session.Value(prompt), session.Value(file));
        ModelReference reference = ModelReference.Of(session, model);
        Tokenizer tokenizer = TokenizerLoader.Load(reference);
        bool special = !session.Value(plain);
        int[] ids = tokenizer.Encode(text, special, special);
        return new Answer(new WorkReport(new Work("tokenize", PromptTokens: ids.Length, Sequences: 1) { Model = reference.Name }), Fields)
        {
            Text = Print,
        };

        void Fields(Utf8JsonWriter writer)
        {
            writer.Array("ids", ids, writer.WriteNumberValue);
            writer.Strings("pieces", ids.Select(tokenizer.PieceText));
        }

        void Print(TextWriter output)
        {
            foreach (int id in ids)
            {
                output.WriteLine($"{id,7}  {Quoted(tokenizer.PieceText(id))}");
            }
        }
    }

    // White space shows, and a piece with a line end stays on its line.
    static string Quoted(string piece) => $"'{piece.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)}'";
}
