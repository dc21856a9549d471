import time, numpy as np, numba
from numba import njit
def bench(f, s=0.1):
    f(); n=0; best=9e9; end=time.perf_counter()+s
    while time.perf_counter()<end:
        t=time.perf_counter(); f(); best=min(best,time.perf_counter()-t)
    return best
def ijp(w,o,x,z,m,n,k,oi,oj,op,xi,xj,xp,zi,zj,zp):
    for i in range(m):
        for j in range(n):
            for p in range(k):
                w[o+i*oi+j*oj+p*op] += w[x+i*xi+j*xj+p*xp]*w[z+i*zi+j*zj+p*zp]
def dotp(w,o,x,z,m,n,k):
    for i in range(m):
        for j in range(n):
            s = 0.0
            for p in range(k): s += w[x+i*k+p]*w[z+p*n+j]
            w[o+i*n+j] += s
def ipj(w,o,x,z,m,n,k):
    for i in range(m):
        for p in range(k):
            c=w[x+i*k+p]
            for j in range(n): w[o+i*n+j] += c*w[z+p*n+j]
ix=np.uint64
def ipju(w,o,x,z,m,n,k):
    for i in range(m):
        for p in range(k):
            c=w[x+i*k+p]; a=ix(o+i*n); b=ix(z+p*n)
            for j in range(n): w[a+ix(j)] += c*w[b+ix(j)]
def r2(w,o,x,z,m,n,k):
    """two rows of the result, two terms of the sum"""
    for i in range(0,m-1,2):
        a=ix(o+i*n); a2=ix(o+i*n+n)
        for p in range(0,k-1,2):
            c00=w[x+i*k+p]; c01=w[x+i*k+p+1]; c10=w[x+i*k+k+p]; c11=w[x+i*k+k+p+1]
            b=ix(z+p*n); b2=ix(z+p*n+n)
            for j in range(n):
                j=ix(j); u=w[b+j]; v=w[b2+j]
                w[a+j] += c00*u+c01*v
                w[a2+j] += c10*u+c11*v
def r4(w,o,x,z,m,n,k):
    for i in range(0,m-3,4):
        a=ix(o+i*n); a2=ix(o+i*n+n); a3=ix(o+i*n+2*n); a4=ix(o+i*n+3*n)
        for p in range(0,k-3,4):
            q=x+i*k+p
            c00=w[q]; c01=w[q+1]; c02=w[q+2]; c03=w[q+3]; q+=k
            c10=w[q]; c11=w[q+1]; c12=w[q+2]; c13=w[q+3]; q+=k
            c20=w[q]; c21=w[q+1]; c22=w[q+2]; c23=w[q+3]; q+=k
            c30=w[q]; c31=w[q+1]; c32=w[q+2]; c33=w[q+3]; q+=k
            b=ix(z+p*n); b2=ix(z+p*n+n); b3=ix(z+p*n+2*n);b4=ix(z+p*n+3*n)
            for j in range(n):
                j=ix(j); u=w[b+j]; v=w[b2+j]; s=w[b3+j]; t=w[b4+j]
                w[a+j] += c00*u+c01*v+c02*s+c03*t
                w[a2+j] += c10*u+c11*v+c12*s+c13*t
                w[a3+j] += c20*u+c21*v+c22*s+c23*t
                w[a4+j] += c30*u+c31*v+c32*s+c33*t
import sys
for dt in (np.float64,np.float32):
  for (m,n,k) in ((10,40,40),(40,40,40),(64,64,64),(128,128,128)):
    X=np.random.randn(m,k).astype(dt); Z=np.random.randn(k,n).astype(dt)
    w=np.concatenate([np.zeros(m*n,dt),X.ravel(),Z.ravel()]); O,Xo,Zo=0,m*n,m*n+m*k
    fl=2e-9*m*n*k
    print(dt.__name__,m,n,k)
    out=np.empty((m,n),dt)
    print("  np.dot", fl/bench(lambda: np.dot(X,Z,out)))
    for name,f,args in [("ijp gen",ijp,(m,n,k,n,1,0,k,0,1,0,1,n)),("dot",dotp,(m,n,k)),("ipj",ipj,(m,n,k)),("ipju",ipju,(m,n,k)),("r2",r2,(m,n,k)),("r4",r4,(m,n,k))]:
        for fm in (False,{"contract","reassoc","nsz"}):
            g=njit(fastmath=fm,error_model="numpy")(f); t=time.perf_counter(); w[:m*n]=0; g(w,O,Xo,Zo,*args); tc=time.perf_counter()-t
            ok=np.abs(w[:m*n].reshape(m,n)-X@Z).max()
            print("  ",name,bool(fm), "%.2f"%(fl/bench(lambda: g(w,O,Xo,Zo,*args))), "compile %.2f"%tc, "err %.0e"%ok)
