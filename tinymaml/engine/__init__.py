"""A loss becomes a list; the list becomes its gradient and its Hessian-vector product.

Read in this order, in one evening:

    instructions.py      what a tape and a program consist of
    tape.py              a loss is called once, and written down
    operations.py        what a loss is written with: tm.tanh, tm.sum, ...
    composed.py          and what is made of these: tm.maximum, tm.softmax, ...
    function_table.py    f, f' and f'' of the pointwise ones, made of elementary.py's words
    rules.py             four rules for each kind of record
    sweeps.py            the tape and the rules become programs
    listing.py           programs as text, each call with its formula
    numpy_machine.py     programs run
    loss.py              tm.Loss: all of that behind one door
    targets.py           the machines that run it

Wings: errors/ (messages for people), compiled/ (the same programs fast), gpu/ (the same loops on a
GPU).

A dozen words, each with one meaning:

    slot          a value of the loss: a parameter, data, a constant, or a record's result
    plane         one of a slot's blocks: "" its value, "bar" its adjoint, "dot" its tangent, ...
    block         one plane of one slot, an array with rows and columns
    letters       which of the indices i, j, p run along a block's rows and its columns
    record        an equation of the tape, between values
    call          an instruction of a program: a kernel, and the blocks that it works on
    line          the line of the learner's loss that a record comes from
    kernel        what a call does: linear, contract, apply, curve, rowmax
    loop          one way to run a kernel (compiled/)
    rule          what writes a record's calls for one sweep
    sweep         one walk over the tape: value, reverse, tangent, reverse_tangent
    program       the calls of "value", "gradient" or "hvp"
    step          an inner step of gradient descent
    memory        the flat array that holds all blocks of one task
    w             the parameter vector, and nothing else
"""
