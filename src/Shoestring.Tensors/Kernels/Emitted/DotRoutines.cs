namespace Shoestring.Tensors;

/// <summary>The emitted routines of one kind of weights, one for each number of activation rows, made when they are first wanted.</summary>
/// <param name="shape">The kind; its rows do not matter.</param>
internal sealed unsafe class DotRoutines(DotShape shape)
{
    readonly nint[] routines = new nint[DotShape.MostRows + 1];

    /// <summary>Multiplies with <paramref name="rows"/> rows: twelve at a time, then the rest together.</summary>
    public void Run(ref DotArguments arguments, int rows)
    {
        fixed (DotArguments* p = &arguments)
        {
            if (rows >= DotShape.MostRows)
            {
                p->Batches = rows / DotShape.MostRows;
                Routine(DotShape.MostRows)(p);
            }
            if (rows % DotShape.MostRows != 0)
            {
                p->Batches = 1;
                Routine(rows % DotShape.MostRows)(p);
            }
        }
    }

    delegate* unmanaged<DotArguments*, void> Routine(int rows)
    {
        nint routine = Volatile.Read(ref routines[rows]);
        if (routine == 0)
        {
            routine = (nint)EmittedDots.Routine(shape with { Rows = rows });
            Volatile.Write(ref routines[rows], routine);
        }
        return (delegate* unmanaged<DotArguments*, void>)routine;
    }
}
