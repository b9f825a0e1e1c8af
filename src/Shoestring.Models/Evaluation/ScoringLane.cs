using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A sequence that scores one set of alternatives after the other.</summary>
sealed class ScoringLane(SequenceState state) : IDisposable
{
    PlannedAlternatives? work;
    ContinuationScore[] scores = [];
    int index, run, firstRow, wanted;

    /// <summary>Whether it has nothing to do.</summary>
    public bool IsIdle => work is null;

    PlannedRun Current => work!.Runs[run];

    /// <summary>Takes on alternatives, the <paramref name="index"/>-th of the plan.</summary>
    public void Begin(int index, PlannedAlternatives work)
    {
        (this.index, this.work, run) = (index, work, 0);
        scores = new ContinuationScore[work.Texts.Length];
        Array.Fill(scores, new ContinuationScore(0, true, 0, -1));
        state.RollBack(0);
    }

    /// <summary>Adds its next rows to a batch with room for <paramref name="rows"/> of which <paramref name="logits"/> may want logits.</summary>
    /// <returns>Whether there was room for any.</returns>
    public bool Add(Batch batch, int rows, int logits)
    {
        int position = state.Length;
        // Rows that are read again were scored before.
        int silent = Math.Max(0, Math.Max(Current.FirstWanted, Current.Start) - position);
        int count = Math.Min(rows, Math.Min(Current.End - position, silent + logits));
        if (count <= 0)
        {
            return false;
        }
        wanted = Current.Wanted(Math.Max(position, Current.Start), position + count);
        firstRow = position + count - wanted;
        batch.Add(state, work!.Texts[Current.Text].Tokens.AsSpan(position, count), wanted);
        return true;
    }

    /// <summary>Reads its rows of a step's logits, which begin at <paramref name="row"/>, and goes on to the next text when this one is done.</summary>
    /// <param name="logits"><c>[wanted row, token]</c></param>
    /// <param name="row">The first of them.</param>
    /// <returns>How many rows it read.</returns>
    public int Read(Tensor logits, int row)
    {
        for (int i = 0; i < wanted; i++)
        {
            Score(logits.Row(row + i), firstRow + i);
        }
        if (state.Length == Current.End && ++run < work!.Runs.Length)
        {
            // A cache that no longer holds what rows there saw reads the text again; rows before those wanted give no logits.
            state.RollBack(state.CanRollBack(Current.Start) ? Current.Start : 0);
        }
        return wanted;
    }

    void Score(ReadOnlySpan<float> logits, int position)
    {
        double normalizer = LogProbabilities.LogSumExp(logits);
        int likeliest = LogProbabilities.Likeliest(logits);
        (int first, int end) = Current.IsShared ? (0, scores.Length) : (Current.Text, Current.Text + 1);
        for (int i = first; i < end; i++)
        {
            EncodedContinuation text = work!.Texts[i];
            if (position >= text.FirstScoredRow)
            {
                int token = text.Tokens[position + 1];
                ContinuationScore sum = scores[i];
                scores[i] = new ContinuationScore(sum.LogLikelihood + (logits[token] - normalizer), sum.IsGreedy && token == likeliest, sum.Tokens + 1, sum.Tokens == 0 ? likeliest : sum.Likeliest);
            }
        }
    }

    /// <summary>Hands out the scores when all texts are done; it is idle then.</summary>
    public bool TryFinish(out int finished, out ContinuationScore[] results)
    {
        (finished, results) = (index, scores);
        if (run < work!.Runs.Length)
        {
            return false;
        }
        work = null;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => state.Dispose();
}
