using System.Diagnostics;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Inference;

/// <summary>A request in the engine's hands: its sequence, what it has made, and pieces that wait to be read.</summary>
public sealed class Generation : IDisposable
{
    readonly Queue<GeneratedPiece> pieces = new();
    readonly List<int> history;
    readonly Sampler sampler;
    readonly TextStream text;
    readonly Tokenizer tokenizer;
    readonly long started = Stopwatch.GetTimestamp();
    int pending;

    internal Generation(GenerationRequest request, SequenceState state, Tokenizer tokenizer)
    {
        Request = request;
        State = state;
        state.Prompt = request.Prompt.Count;
        this.tokenizer = tokenizer;
        history = [.. request.Prompt];
        pending = history.Count;
        sampler = new Sampler(request.Sampling);
        text = new TextStream(tokenizer, request.Stop);
    }

    /// <summary>What was asked.</summary>
    public GenerationRequest Request { get; }

    /// <summary>Tokens made so far.</summary>
    public IReadOnlyList<int> Tokens => history[Request.Prompt.Count..];

    /// <summary>Number of tokens made so far.</summary>
    public int TokenCount => history.Count - Request.Prompt.Count;

    /// <summary>Why it ended, or None while it runs.</summary>
    public StopReason Stop { get; private set; }

    /// <summary>From submission to the first token.</summary>
    public TimeSpan? TimeToFirstToken { get; private set; }

    /// <summary>From the first token to the last.</summary>
    public TimeSpan DecodeTime { get; private set; }

    internal SequenceState State { get; }

    /// <summary>Tokens that the model has not read yet: the prompt at first, then the last token made.</summary>
    internal ReadOnlySpan<int> Pending => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(history)[^pending..];

    internal void Read(int rows) => pending -= rows;

    /// <summary>The next piece, if one waits.</summary>
    public bool TryRead(out GeneratedPiece piece) => pieces.TryDequeue(out piece);

    /// <summary>Chooses the next token from the logits and decides whether to go on.</summary>
    internal void Accept(Span<float> logits)
    {
        int token = sampler.Next(logits, history, Request.Number);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        TimeToFirstToken ??= elapsed;
        DecodeTime = elapsed - TimeToFirstToken.Value;
        if ((!Request.IgnoreEndOfText && tokenizer.IsEndOfGeneration(token)) || Request.StopTokens.Contains(token))
        {
            Stop = StopReason.Eos;
            pieces.Enqueue(new GeneratedPiece(token, text.Flush(), Stop));
            return;
        }
        history.Add(token);
        pending = 1;
        (string certain, bool stopped) = text.Feed(token);
        Stop = stopped ? StopReason.Stop : TokenCount >= Request.MaximumTokens ? StopReason.Length : StopReason.None;
        pieces.Enqueue(new GeneratedPiece(token, Stop == StopReason.Length ? certain + text.Flush() : certain, Stop));
    }

    /// <summary>Makes room in a full context: the newer half of the text stays, and is read again from position 0.</summary>
    /// <exception cref="InputException">The request does not allow it.</exception>
    internal void MakeRoom()
    {
        if (!Request.ShiftContext)
        {
            throw new InputException($"the context of {State.Capacity} positions is full after {TokenCount} tokens", "context", "give a larger --context, or --context-shift to forget the oldest text");
        }
        int kept = State.Capacity - State.Capacity / 2;
        Forgotten += State.Length + pending - kept;
        State.RollBack(0);
        State.Prompt = kept;
        pending = kept;
    }

    /// <summary>Positions that were forgotten to make room.</summary>
    public int Forgotten { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}
