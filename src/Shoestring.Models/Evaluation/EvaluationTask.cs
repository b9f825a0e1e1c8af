using System.Text;

namespace Shoestring.Models;

/// <summary>What makes an item right.</summary>
public enum EvaluationRule
{
    /// <summary>The right text of two or more is the likeliest as it stands.</summary>
    LikeliestText,

    /// <summary>The right choice is the likeliest after its context, as it stands and for its length.</summary>
    LikeliestChoice,

    /// <summary>The right continuation is what greedy decoding writes.</summary>
    GreedyContinuation,
}

/// <summary>A task: how a line of its data becomes a question, and what makes the answer right.</summary>
public abstract class EvaluationTask
{
    /// <summary>Its name in the field.</summary>
    public abstract string Name { get; }

    /// <summary>What a line of its data looks like.</summary>
    public abstract string Shape { get; }

    /// <summary>What makes an item right.</summary>
    public virtual EvaluationRule Rule => EvaluationRule.LikeliestChoice;

    /// <summary>Makes an item of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="alter">
    /// Changes a part of the text. It is called for what is given and never for what is scored; where all is scored, for what the
    /// texts have in common.
    /// </param>
    /// <exception cref="Tensors.InputException">The line is no such item.</exception>
    public abstract EvaluationItem Read(ItemFields line, Func<string, string> alter);

    /// <summary>The usual form of a question.</summary>
    private protected static string Ask(string question) => $"Question: {question}\nAnswer:";

    /// <summary>An item whose choices all follow the same context, a space between.</summary>
    private protected static EvaluationItem Choose(ItemFields line, string context, IReadOnlyList<string> choices, int answer)
    {
        string divider = context.Length == 0 ? "" : " ";
        return new EvaluationItem("", new Alternatives(line.Where, [.. choices.Select(choice => new Continuation(context, divider + choice))]), answer)
        {
            ChoiceBytes = [.. choices.Select(Encoding.UTF8.GetByteCount)],
        };
    }
}
